/**
 * @description Tells GentrackTriggerHandler what happens to Account records.
 */
trigger GentrackAccountTrigger on Account (after insert, after update, after delete, after undelete) {
    GentrackTriggerHandler.handle(Trigger.operationType, Trigger.new, Trigger.old);
}
