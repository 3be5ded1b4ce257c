import { stem } from './words.js';

/** Words that begin something to do. */
const ACTIONS = new Set(
  (
    'analyse calculate compute describe summarise compare examine evaluate assess measure generate create write make ' +
    'produce build compile prepare render read load open import show print display list find fetch download get request ' +
    'call parse decode convert transform validate check lint review verify inspect audit test plot chart draw visualise ' +
    'save store export send email notify post query select extract filter search look translate count sort design plan ' +
    'document explain report tell give run execute update delete add clean normalise merge join explore investigate ' +
    'identify recommend suggest propose implement fix refactor deploy schedule publish format serialise stringify ' +
    'estimate predict forecast collect gather research draft present outline remove move copy rename cancel approve pay ' +
    'book buy subtract multiply divide crunch slurp append combine consolidate profile improve rewrite judge critique optimise debug train migrate install configure release launch announce backup monitor'
  )
    .split(' ')
    .map(stem),
);

/** True for a word such as "analyse" that begins something to do. */
export function isAction(word: string): boolean {
  return ACTIONS.has(stem(word.toLowerCase()));
}
