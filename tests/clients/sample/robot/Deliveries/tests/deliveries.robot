*** Settings ***
Library         cumulusci.robotframework.CumulusCI    ${ORG}
Library         cumulusci.robotframework.SalesforceAPI
Test Teardown   Delete Session Records

*** Test Cases ***
A delivery gets a number and keeps its plan
    ${supplier}=    Salesforce Insert    Account    Name=Robot
    ${delivery}=    Salesforce Insert    Delivery__c    Supplier__c=${supplier}    Planned__c=2026-12-24
    ${found}=       Salesforce Get       Delivery__c    ${delivery}
    Should Match Regexp    ${found}[Name]    D-\\d{4}
    Should Be Equal        ${found}[Planned__c]    2026-12-24

Deliveries are found by their supplier
    ${supplier}=    Salesforce Insert    Account    Name=Robot
    Salesforce Insert    Delivery__c    Supplier__c=${supplier}
    ${rows}=        SOQL Query    SELECT Id FROM Delivery__c WHERE Supplier__c = '${supplier}'
    Length Should Be    ${rows}[records]    1
