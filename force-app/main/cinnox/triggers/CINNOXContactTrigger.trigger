/**
 * @description Counts Contact records that share a value. Tells Webhook what happens to them.
 */
trigger CINNOXContactTrigger on Contact (after insert, after update, after delete, after undelete) {
    CINNOXSharedValues.check(Trigger.new, Contact.CINNOX_Contact_Id__c, 10);
    Webhook.notify(Trigger.operationType, Trigger.new, Trigger.old);
}
