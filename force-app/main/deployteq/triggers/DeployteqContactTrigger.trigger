/**
 * @description Sets SyncWithClang__c of Contact records.
 */
trigger DeployteqContactTrigger on Contact (before insert, before update) {
    DeployteqSyncWithClangSetter.mark(Trigger.new, Trigger.oldMap, Contact.SyncWithClang__c);
}
