/** DBOS refused to record a step: the delivery was fenced, for another worker goes on with the task. */
export class OwnershipLost extends Error {}
