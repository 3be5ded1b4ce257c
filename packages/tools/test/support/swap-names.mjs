// Turns names into links to a folder outside and back, as fast as it can. Started by the race test as another process.
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = process.argv[2];
const at = (name) => join(root, name);
const quietly = (work) => {
  try {
    work();
  } catch {
    // the reader was faster
  }
};
const swap = (name, real, link) => {
  quietly(() => renameSync(at(name), at(real)));
  quietly(() => renameSync(at(link), at(name)));
  quietly(() => renameSync(at(name), at(link)));
  quietly(() => renameSync(at(real), at(name)));
};
process.send('ready');
const round = () => {
  for (let time = 0; time < 50; time += 1) {
    swap('d', 'd.real', 'd.link');
    swap('f.txt', 'f.real', 'f.link');
    swap('p/b', 'p/b.real', 'p/b.link');
    quietly(() => mkdirSync(at('gone')));
    quietly(() => rmSync(at('gone'), { recursive: true }));
  }
  setImmediate(round);
};
round();
process.on('disconnect', () => process.exit());
