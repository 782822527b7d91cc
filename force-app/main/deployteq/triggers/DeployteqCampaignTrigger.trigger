/**
 * @description Sets SyncWithClang__c of Campaign records.
 */
trigger DeployteqCampaignTrigger on Campaign (before insert, before update) {
    DeployteqSyncWithClangSetter.mark(Trigger.new, Trigger.oldMap, Campaign.SyncWithClang__c);
}
