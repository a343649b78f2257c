/**
 * A service that makes recordings, as TypeScript: the same for ES modules and for CommonJS. It is compiled against what is installed and not against this
 * checkout, so that it is a text here. Its arguments are Temporal's address, a task queue and the input; it prints what became of it.
 */
export const CALLER = `
import { Client, Connection } from '@temporalio/client';
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

  const none: Recording = recordings.get({ appName: input.appName, roomId: input.roomId, userId: 'nobody' });
  const missing = await none.status().catch((error: unknown) => error instanceof RecordingNotFoundError);
  // @ts-expect-error a number is no application's name, which any would hide
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
    }),
  );
}

run(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
`;
