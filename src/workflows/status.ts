import { cut } from '../recording/cut.js';
import { RESULT_LIMITS } from '../recording/result.js';
import type { RecordingStatus } from '../recording/status.js';
import { announcedCount, announcedFiles } from './announcements.js';
import { iso, type RecordingState } from './recordingState.js';

export function statusOf(state: RecordingState): RecordingStatus {
  const streamName = state.job?.streamName;
  return {
    phase: state.phase,
    ...(state.settings && { input: state.settings }),
    steps: state.steps,
    ...(state.appId !== undefined && { appId: state.appId }),
    ...(state.ruleId !== undefined && { ruleId: state.ruleId }),
    ...(state.job && { jobId: state.job.jobId }),
    ...(streamName !== undefined && { streamName }),
    ...(state.startedAt !== undefined && { startedAt: iso(state.startedAt) }),
    ...(state.asked && { stopAskedBy: state.asked.by }),
    files: state.result?.files ?? cut([...announcedFiles(state).values()], RESULT_LIMITS.files),
    fileCount: state.result?.fileCount ?? announcedCount(state),
    ...(state.lastEvent && { lastEvent: { ...state.lastEvent, at: iso(state.lastEvent.at) } }),
    ...(state.lastReconcile && { lastReconcile: { ...state.lastReconcile, at: iso(state.lastReconcile.at) } }),
    warnings: state.result?.warnings ?? cut(state.warnings, RESULT_LIMITS.warnings),
    ...(state.result && { outcome: state.result.outcome, endedBy: state.result.endedBy }),
  };
}
