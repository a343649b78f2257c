import { Option, type Command } from 'commander';
import type { RecordingReference } from '../client.js';
import { EXIT } from './exitCodes.js';

/** How a command is told which recording. */
export interface ReferenceOptions {
  id?: string;
  app?: string;
  room?: string;
  user?: string;
  screen?: boolean;
}

/** Adds the options that name one recording. */
export function withReference(command: Command): Command {
  return command
    .addOption(new Option('--id <workflowId>', 'the workflow id').conflicts(['app', 'room', 'user', 'screen']))
    .option('--app <appName>', 'the application')
    .option('--room <roomId>', 'the room')
    .option('--user <userId>', 'the user whose stream is recorded')
    .option('--screen', 'the shared screen instead of the camera');
}

export function readReference({ id, app, room, user, screen }: ReferenceOptions, command: Command): RecordingReference {
  if (id !== undefined) return id;
  if (app === undefined || room === undefined || user === undefined) {
    command.error('error: give --id, or --app, --room and --user', { exitCode: EXIT.usage });
  }
  return { appName: app, roomId: room, userId: user, videoType: screen ? 'SCREENSTREAM' : 'CAMERASTREAM' };
}
