import { recordingInputSchema, type RecordingInput } from '../../src/contract/input.js';
import type { Job } from '../../src/contract/activityTypes.js';
import { adopt, newState, type RecordingState } from '../../src/workflows/state.js';

export const T0 = Date.UTC(2026, 0, 1, 12, 0, 0);

/** The seed's recording. */
export const seedInput: RecordingInput = {
  appName: 'rtctest',
  roomId: 'room001',
  userId: 'user001',
  videoType: 'CAMERASTREAM',
  isRecordAudio: true,
  maxIdleTime: 30,
  resolution: '1280*720',
  resolutionPolicy: 'DOWNWARD',
  recordRule: {
    obsAddr: {
      bucket: 'obsName',
      location: 'cn-north-4',
      object: 'Record/',
      projectId: '01234567890123456789012345678901',
    },
    recordFormats: ['MP4'],
    mp4Config: {},
  },
};

export function givenJob(jobId = 'j1'): Job {
  return {
    jobId,
    roomId: 'room001',
    userId: 'user001',
    videoType: 'CAMERASTREAM',
    streamName: `s_${jobId}_room001_user001`,
    resolution: '1280*720',
    state: 'INIT',
  };
}

/** A run that has not started its job yet; the first try is on its way. */
export function startingState(overrides: Partial<RecordingInput> = {}): RecordingState {
  return {
    ...newState(),
    settings: recordingInputSchema.parse({ ...seedInput, ...overrides }),
    appId: 'app1',
    ruleId: 'rule1',
    outputLocations: [{ bucket: 'obsName', location: 'cn-north-4', object: 'Record/', templates: [] }],
    job: { status: 'starting', triedAt: T0, ambiguous: [] },
  };
}

/** A run whose job `j1` records since T0. */
export function recordingState(overrides: Partial<RecordingInput> = {}): RecordingState {
  const state = startingState(overrides);
  adopt(state, givenJob(), T0, T0);
  return state;
}

/** The events of a plain recording of `files` files by job `jobId`. */
export function plainEvents(jobId = 'j1', files = 1) {
  const base = {
    appId: 'app1',
    roomId: 'room001',
    jobId,
    streamName: `s_${jobId}_room001_user001`,
    recordFormat: 'MP4',
  };
  return [
    { ...base, eventType: 'RECORD_NEW_FILE_START' },
    ...Array.from({ length: files }, (_, index) => ({
      ...base,
      eventType: 'RECORD_FILE_COMPLETE',
      obsBucket: 'obsName',
      obsObject: `Record/s_${jobId}_room001_user001_${index}.mp4`,
      recordDuration: 60 + index,
      width: 1280,
      height: 720,
      startTime: '2026-01-01T12:00:00Z',
      endTime: '2026-01-01T12:01:00Z',
    })),
    { ...base, eventType: 'CLOUD_RECORD_OVER' },
  ];
}
