/**
 * @description Sets SyncWithClang__c of Account records.
 */
trigger DeployteqAccountTrigger on Account (before insert, before update) {
    DeployteqSyncWithClangSetter.mark(Trigger.new, Trigger.oldMap, Account.SyncWithClang__c);
}
