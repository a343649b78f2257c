/**
 * A service that makes recordings, in TypeScript, the same for ES modules and CommonJS. A string, because it is
 * compiled against the installed packages, not this checkout. Its arguments are Temporal's address, a task queue and
 * the input; it prints the results.
 */
export const CALLER = `
import { Client, Connection } from '@temporalio/client';
import { z } from 'zod';
import { recordingsService } from 'sparkrtc-recorder/nexus';
import {
  FailureType,
  InvalidRecordingInputError,
  RecordingClient,
  RecordingNotFoundError,
  recordingInputSchema,
  type Recording,
  type RecordingInput,
  type RecordingResult,
  type RecordingStatus,
} from 'sparkrtc-recorder';

async function run([address, taskQueue, json]: string[]): Promise<void> {
  const connection = await Connection.connect({ address: address! });
  const recordings = new RecordingClient({ client: new Client({ connection }), taskQueue: taskQueue! });
  const input: RecordingInput = JSON.parse(json!);

  const none: Recording = recordings.get({ appName: input.appName, roomId: input.roomId, userId: 'unknown' });
  const missing = await none.status().catch((error: unknown) => error instanceof RecordingNotFoundError);
  // @ts-expect-error an application's name is a string; with any it would compile
  const wrong = await recordings.start({ ...input, appName: 1 }).catch((error: unknown) => {
    return error instanceof InvalidRecordingInputError && error.problems;
  });

  const first = await recordings.start(input);
  const again = await recordings.start(input);
  const deadline = Date.now() + 60_000;
  let status: RecordingStatus = await first.recording.status();
  while (status.phase !== 'recording' && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    status = await first.recording.status();
  }
  await first.recording.stop();
  const result: RecordingResult = await first.recording.result();
  const size: number | undefined = result.files[0]?.size;
  const over = await first.recording.stop().catch((error: unknown) => error instanceof RecordingNotFoundError);
  await connection.close();
  console.log(
    JSON.stringify({
      missing,
      wrong,
      started: [first.alreadyRunning, again.alreadyRunning],
      phase: status.phase,
      outcome: result.outcome,
      hasSize: size !== undefined,
      over,
      schema: recordingInputSchema.safeParse(input).success,
      failureType: FailureType.InvalidInput,
      service: recordingsService.name,
      ownZod: z.string().safeParse('3').success,
    }),
  );
}

run(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
`;

/** Another team's process, which runs the recorder's workers and a worker of its own. */
export const EMBEDDING = `
import { NativeConnection, Worker } from '@temporalio/worker';
import { createRecordingWorkers } from 'sparkrtc-recorder-worker';
import { createRecordingsHandler } from 'sparkrtc-recorder-worker/nexus';

const env = process.env as Record<string, string>;
const taskQueue = env.TEMPORAL_TASK_QUEUE!;
const connection = await NativeConnection.connect({ address: env.TEMPORAL_ADDRESS! });
const recordings = await createRecordingWorkers({
  connection,
  taskQueue,
  vendor: {
    credentials: { userName: env.HW_USER_NAME!, password: env.HW_USER_PASSWORD!, domainName: env.HW_DOMAIN_NAME! },
    iamEndpoint: env.IAM_ENDPOINT!,
    sparkRtcEndpoint: env.SPARKRTC_ENDPOINT!,
    obsEndpoint: env.OBS_ENDPOINT!,
    obsPathStyle: true,
  },
  callback: { url: env.CALLBACK_URL!, authKey: env.CALLBACK_AUTH_KEY! },
});
const own = await Worker.create({
  connection,
  taskQueue: 'own-' + taskQueue,
  nexusServices: [createRecordingsHandler({ taskQueue })],
});
console.log('the worker is ready');
await Promise.all([recordings.run(), own.run()]);
await connection.close();
console.log('stopped');
`;
