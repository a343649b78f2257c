import type { Command } from 'commander';
import { loadWorkerConfig } from '../config.js';
import { EXIT } from './errors.js';
import { crossed, ticked, tryLoad, type Finding } from './finding.js';
import { print, type OutputOptions } from './options.js';
import { bad, doubtful, faint, good } from './format.js';
import { temporalFindings } from './temporalFindings.js';

interface DoctorOptions extends OutputOptions {
  bucket?: string;
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check the environment and everything that a recording needs; changes nothing')
    .option('--bucket <name>', 'also whether SparkRTC may write to this bucket')
    .addHelpText(
      'after',
      `
Run it with the environment of the worker. Exit code 0 when nothing is crossed, else 1.

Examples:
  $ sparkrtc-recorder doctor --bucket obsName
  $ sparkrtc-recorder doctor --json`,
    )
    .action(doctor);
}

async function doctor(options: DoctorOptions): Promise<void> {
  // Loaded only where it is wanted: the clients of the vendor are much to load.
  const { vendorFindings } = await import('./vendorFindings.js');
  const found = await Promise.all([vendorFindings(options.bucket), temporalFindings()]);
  const findings = [environmentFinding(), ...found.flat()];
  const toMend = findings.filter(({ state }) => state === 'crossed').length;
  const verdict = toMend === 0 ? good('Nothing is crossed.') : bad(`${toMend} to mend.`);
  print(options, { ok: toMend === 0, checks: findings }, () => [...findings.map(describe), verdict].join('\n'));
  process.exitCode = toMend === 0 ? EXIT.done : EXIT.failed;
}

function environmentFinding(): Finding {
  const name = 'environment';
  const { problems } = tryLoad(loadWorkerConfig);
  if (problems === undefined) return ticked(name, 'a worker would start with it');
  return crossed(name, `a worker would not start: ${problems}`, 'Set or correct these variables.');
}

const MARKS: Record<Finding['state'], string> = {
  ticked: good('✓'),
  crossed: bad('✗'),
  doubtful: doubtful('!'),
  skipped: faint('-'),
};

function describe({ name, state, detail, mend }: Finding): string {
  const line = `${MARKS[state]} ${name.padEnd(18)} ${detail}`;
  return mend === undefined ? line : `${line}\n  ${' '.repeat(18)} ${faint('→')} ${mend}`;
}
