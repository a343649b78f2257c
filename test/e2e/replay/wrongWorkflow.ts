import { sleep } from '@temporalio/workflow';
import type { RecordingResult } from '../../../src/contract/result.js';
import { singleStreamRecording as recorded } from '../../../src/workflows/singleStreamRecording.js';
import type { RecordingState } from '../../../src/workflows/state.js';

/** Wrong on purpose, by one timer that no history holds: it shows that the replay gate fails. */
export async function singleStreamRecording(input: unknown, previous?: RecordingState): Promise<RecordingResult> {
  const result = recorded(input, previous);
  await sleep(1);
  return result;
}
