/**
 * @description Tells GentrackTriggerHandler what happens to Contact records.
 */
trigger GentrackContactTrigger on Contact (after insert, after update, after delete, after undelete) {
    GentrackTriggerHandler.handle(Trigger.operationType, Trigger.new, Trigger.old);
}
