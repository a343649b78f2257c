import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { Environment } from '../../support/child.js';

/** Python 3.9 or newer can do what Node cannot: make a terminal. */
export function startInTerminal(args: string[], environment: Environment, columns = 100) {
  const cli = join(import.meta.dirname, '../../../dist/cli.js');
  const terminal = [join(import.meta.dirname, 'terminal.py'), String(columns)];
  const child = spawn('python3', [...terminal, process.execPath, cli, ...args], {
    env: {
      ...{ PATH: process.env['PATH'], HOME: '/nonexistent', TERM: 'xterm-256color' },
      ...{ TEMPORAL_ADDRESS: inject('temporalAddress'), ...environment },
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const chunks: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => chunks.push(text));
  return {
    written: () => chunks.join(''),
    pressCtrlC: () => child.stdin.write('\n'),
    ended: once(child, 'close').then(([code]) => code as number),
  };
}
