import { isDeepStrictEqual } from 'node:util';
import { isSchema, type AnyTeamTemplate, type TeamDefinition } from '@master-orchestrator/contracts';
import { comparable, hasObjectParameters, hasTemplateShape, parametersOf } from './agent-template-checks.js';
import { checkOf, show, type Check, type Rule } from './check.js';
import type { TemplateSurroundings } from './template-checks.js';

const RULES = {
  shape: {
    rule: 'team-shape',
    holds: 'is a whole team template, with an object of parameters',
    why: 'The host refuses team templates without name, description, parameters and build.',
    fix: 'Make it with defineTeamTemplate(), which names what is wrong.',
  },
  members: {
    rule: 'team-members',
    holds: 'builds members that exist and whose parameters fit',
    why: 'Creating the team fails on the first member that cannot be made.',
    fix: 'Name templates of this plugin, or of those the README asks for, with parameters their schemas accept; the lead must be a member.',
  },
  pure: {
    rule: 'team-pure',
    holds: 'builds the same from the same',
    why: 'Teams are rebuilt after a restart; what differs then no longer matches the journal.',
    fix: 'No clock, no chance and no counters in build().',
  },
} as const satisfies Record<string, Rule>;

/** The checks of one team template. */
export function teamTemplateChecks(team: AnyTeamTemplate, around: TemplateSurroundings): readonly Check[] {
  const subject = typeof team.name === 'string' && team.name !== '' ? team.name : 'a team template without name';
  const shape = checkOf(subject, RULES.shape, () => {
    hasTemplateShape(team);
    hasObjectParameters(team.parameters);
  });
  if (!isSchema(team.parameters) || typeof team.build !== 'function') return [shape];
  return [
    shape,
    checkOf(subject, RULES.members, () => hasMembers(team, around)),
    checkOf(subject, RULES.pure, () => buildsPurely(team, around)),
  ];
}

function hasMembers(team: AnyTeamTemplate, around: TemplateSurroundings): void {
  for (const parameters of parametersOf(team, around)) {
    const { members, lead, name } = attempt(team, parameters);
    const names = Object.keys(members);
    if (names.length === 0) throw new Error(`From ${show(parameters)} it built a team without members.`);
    if (typeof name !== 'string' || name === '') throw new Error('The team has no name.');
    if (lead !== undefined && !names.includes(lead)) throw new Error(`The lead "${lead}" is no member.`);
    for (const [key, member] of Object.entries(members)) {
      if ('definition' in member) continue;
      const template = around.templates.get(member.template);
      if (template === undefined) throw new Error(`Member "${key}" needs the template "${member.template}".`);
      const parsed = template.parameters.safeParse(member.parameters ?? {});
      if (!parsed.success) throw new Error(`Member "${key}": its parameters do not fit: ${parsed.error.message}.`);
    }
  }
}

function buildsPurely(team: AnyTeamTemplate, around: TemplateSurroundings): void {
  for (const parameters of parametersOf(team, around)) {
    const before = structuredClone(parameters);
    const first = comparable(attempt(team, parameters));
    if (!isDeepStrictEqual(parameters, before))
      throw new Error(`build() changed ${show(before)} into ${show(parameters)}.`);
    const second = comparable(attempt(team, before));
    if (!isDeepStrictEqual(first, second)) throw new Error(`It built ${show(first)}, then ${show(second)}.`);
  }
}

function attempt(team: AnyTeamTemplate, parameters: unknown): TeamDefinition {
  try {
    return team.build(parameters as never);
  } catch (error) {
    throw new Error(`build(${show(parameters)}) threw ${show(error)}.`, { cause: error });
  }
}
