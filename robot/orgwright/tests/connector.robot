*** Settings ***
Documentation     An org after 'up': the connector's fields and settings are there, and one change gives one event.
Library           cumulusci.robotframework.CumulusCI    ${ORG}
Library           cumulusci.robotframework.SalesforceAPI
Library           ${CURDIR}/../libraries/connector_library.py    ${CONNECTOR}
Suite Setup       Connect To Org
Suite Teardown    Disconnect From Org
Test Teardown     Delete Session Records

*** Variables ***
${CONNECTOR}      gentrack
${EVENT}          Gentrack_Object_Event__e

*** Test Cases ***
Fields Are There
    Fields Of The Connector Should Exist

Settings Are On
    Settings Of The Connector Should Be On

One Change Gives One Event
    ${account} =    Salesforce Insert    Account    Name=Robot Energy
    Listen To    ${EVENT}
    Salesforce Update    Account    ${account}    Name=Robot Power
    ${event} =    One Event Should Arrive    ${EVENT}
    Should Be Equal    ${event}[Operation_Type__c]    update
    Should Be Equal    ${event}[Object_Type__c]    Account
    ${old} =    Json Field    ${event}[Old_Payload__c]    Name
    ${new} =    Json Field    ${event}[New_Payload__c]    Name
    Should Be Equal    ${old}    Robot Energy
    Should Be Equal    ${new}    Robot Power
