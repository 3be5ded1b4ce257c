/** What a journal entry is the result of. */
export type StepKind = 'step' | 'receive' | 'sleep' | 'spawn' | 'join' | 'now' | 'random';
