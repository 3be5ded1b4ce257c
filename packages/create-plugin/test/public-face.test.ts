import { expect, it } from 'vitest';
import * as face from '../src/index.js';

it('offers these names and no others', () => {
  expect(Object.keys(face).toSorted()).toEqual([
    'PLUGIN_KINDS',
    'namesOf',
    'packageRange',
    'pluginFiles',
    'runCreatePlugin',
  ]);
});
