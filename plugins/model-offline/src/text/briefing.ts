/** What somebody else found, as it stands in a task. */
export interface GivenResult {
  /** Who or which task it is from. */ readonly from: string;
  readonly text: string;
  /** True where the text is the reason why there is no result. */ readonly isMissing: boolean;
}

/** A task taken apart: what is asked, and results of others that came with it. */
export interface Briefing {
  readonly ask: string;
  readonly given: readonly GivenResult[];
  /** True where the results are to be put together, and nothing else is to be done. */ readonly isClosing: boolean;
}

/** A heading that opens results: `# Results`, `## Result of task t1 (analyst)`, `Results so far:`. */
const OPENING =
  /^(?:#{1,6}[ \t]+(?:the )?(?:previous |earlier |prior |no )?(?:results?|answers?|outputs?|findings)\b[^\n]*|(?:the )?(?:previous |earlier |prior )?(?:results?|answers?|outputs?)(?: so far| (?:of|from) [^\n:]{1,80})?:)[ \t]*$/im;
const PART =
  /^(?:#{1,6}[ \t]+)?(no )?(?:results?|answers?|outputs?|findings) (?:(?:of|from|by|for)\s+([^\n]+?)|(\d{1,3})):?[ \t]*$/gim;
/** What follows the results and asks for something again. */
const CLOSING =
  /\n\n(?:Write|Answer|Give|Now|Combine|Summari[sz]e|Compile|Reply|Respond|Return|Merge|Choose)\b[^\n]{0,200}\s*$/;
const PUTTING_TOGETHER =
  /^\s*(?:(?:Write|Give|Return) (?:the|an|one|your|a) (?:\w+ )?(?:answer|summary|result)|Combine|Summari[sz]e|Merge|Answer|Reply|Respond)/i;
const TO_COMBINE = /\bto (?:be )?(?:bring|brought|combine|merge|join|aggregate|summari[sz]e|put)/i;
const GOAL_LABEL = /^\s*(?:Goal|Task|Question|Request):\s*/i;

/** Takes a task apart. A text without results is all asked. */
export function readBriefing(text: string): Briefing {
  const opening = OPENING.exec(text);
  if (opening === null) return { ask: text, given: [], isClosing: false };
  const rest = text.slice(opening.index);
  const closing = CLOSING.exec(rest);
  const results = closing === null ? rest : rest.slice(0, closing.index);
  const before = text.slice(0, opening.index).replace(GOAL_LABEL, '').trim();
  const ask = closing === null ? before : `${before}\n\n${closing[0].trim()}`.trim();
  const isClosing = TO_COMBINE.test(opening[0]) || (closing !== null && PUTTING_TOGETHER.test(closing[0]));
  return { ask, given: givenIn(results, opening[0]), isClosing };
}

function givenIn(text: string, opening: string): GivenResult[] {
  const parts = [...text.matchAll(PART)];
  if (parts.length === 0)
    return keepFilled([{ from: 'the work before', text: text.slice(opening.length), isMissing: false }]);
  return keepFilled(
    parts.map((part, at) => ({
      from: part[2] === undefined ? `answer ${part[3] ?? ''}` : part[2].replace(/^task\s+/i, ''),
      text: text.slice(part.index + part[0].length, parts[at + 1]?.index ?? text.length),
      isMissing: part[1] !== undefined,
    })),
  );
}

function keepFilled(given: readonly GivenResult[]): GivenResult[] {
  return given.map((one) => ({ ...one, text: one.text.trim() })).filter(({ text }) => text !== '');
}
