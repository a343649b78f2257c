import { Command } from 'commander';
import { addSimulate } from './simulateCommand.js';

/** `sparkrtc-recorder simulate`, a program of its own, with the exit codes of `sparkrtc-recorder`. */
const program = new Command('sparkrtc-recorder').exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
addSimulate(program);
await program.parseAsync(['simulate', ...process.argv.slice(2)], { from: 'user' });
