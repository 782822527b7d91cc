/**
 * @description Tells GentrackTriggerHandler what happens to OrderItem records.
 */
trigger GentrackOrderItemTrigger on OrderItem (after insert, after update, after delete, after undelete) {
    GentrackTriggerHandler.handle(Trigger.operationType, Trigger.new, Trigger.old);
}
