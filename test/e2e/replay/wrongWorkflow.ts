import { sleep } from '@temporalio/workflow';
import type { PastAttempts } from '../../../src/contract/credentialAttempts.js';
import type { RecordingResult } from '../../../src/contract/result.js';
import { credentialAttempts as counted } from '../../../src/workflows/credentialAttempts.js';
import { singleStreamRecording as recorded } from '../../../src/workflows/singleStreamRecording.js';
import type { RecordingState } from '../../../src/workflows/state.js';

/* Wrong on purpose, by one timer each that no history holds: they show that the replay gate fails. */

export async function singleStreamRecording(input: unknown, previous?: RecordingState): Promise<RecordingResult> {
  const result = recorded(input, previous);
  await sleep(1);
  return result;
}

export async function credentialAttempts(past?: PastAttempts): Promise<void> {
  const ended = counted(past);
  await sleep(1);
  return ended;
}
