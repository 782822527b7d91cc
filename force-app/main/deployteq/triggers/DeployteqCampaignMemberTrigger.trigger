/**
 * @description Sets SyncWithClang__c of CampaignMember records.
 */
trigger DeployteqCampaignMemberTrigger on CampaignMember (before insert, before update) {
    DeployteqSyncWithClangSetter.mark(Trigger.new, Trigger.oldMap, CampaignMember.SyncWithClang__c);
}
