/**
 * @description Tells GentrackEventSubscriber about Gentrack_Event__e messages.
 */
trigger GentrackEventTrigger on Gentrack_Event__e (after insert) {
    new GentrackEventSubscriber().receive(Trigger.new);
}
