/**
 * @description Tells GentrackTriggerHandler what happens to AccountContactRelation records.
 */
trigger GentrackAccountContactRelationTrigger on AccountContactRelation (after insert, after update, after delete, after undelete) {
    GentrackTriggerHandler.handle(Trigger.operationType, Trigger.new, Trigger.old);
}
