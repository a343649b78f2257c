import { describe, expect, it } from 'vitest';
import { Command } from 'commander';
import { addSimulate } from '../../../simulator/simulateCommand.js';
import { createProgram } from '../../../src/cli/program.js';
import { read } from './pages.js';

const program = createProgram();
// `simulate` is a program of its own.
const commands = [
  ...program.commands.filter((one) => one.name() !== 'simulate'),
  addSimulate(new Command('sparkrtc-recorder')),
];

/** The lines at a prompt. */
function commandsIn(text: string): string[] {
  return [...text.matchAll(/^ *\$ (sparkrtc-recorder .+)$/gm)].map(([, command]) => command ?? '');
}

/** That the command is there, and takes these options. */
function expectToExist(line: string): void {
  const [, name = '', ...words] = line.split(/ +/);
  if (name === 'help') return;
  const command = commands.find((one) => one.name() === name);
  expect(command, line).toBeDefined();
  const known = (command?.commands.find((one) => one.name() === words[0]) ?? command)?.options.flatMap(
    ({ long, short }) => [long, short],
  );
  for (const word of words.filter((one) => one.startsWith('-') && one !== '-')) expect(known, line).toContain(word);
}

describe('docs/terminal-session.md', () => {
  const page = read('docs/terminal-session.md');
  const shown = commandsIn(page);

  it('shows commands that exist', () => {
    expect(shown.length).toBeGreaterThan(5);
    shown.forEach(expectToExist);
  });

  it('shows a recording from start to end, and nothing that Node has to say', () => {
    expect(page).toMatch(/is being recorded\.\n[^]*✓ recorded: 1 file[^]*\nMP4 /);
    expect(page).not.toMatch(/\(node:\d+\)|Warning/);
  });
});

describe('help', () => {
  it.each([program, ...commands])('of $_name has examples that exist', (command) => {
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    const examples = commandsIn(help);
    expect(examples.length).toBeGreaterThan(1);
    examples.forEach(expectToExist);
  });
});

describe('README.md', () => {
  it('names every command', () => {
    const names = [...read('README.md').matchAll(/^\| `(\w+)` +\| \S.*$/gm)].map(([, name]) => name);
    expect(names).toEqual(expect.arrayContaining(commands.map((command) => command.name())));
  });
});
