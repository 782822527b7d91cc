/**
 * @description Sets SyncWithClang__c of Lead records.
 */
trigger DeployteqLeadTrigger on Lead (before insert, before update) {
    DeployteqSyncWithClangSetter.mark(Trigger.new, Trigger.oldMap, Lead.SyncWithClang__c);
}
