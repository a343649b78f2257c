export const APP_STATES = ['ACTIVATION', 'DEACTIVATION', 'ARREARS'] as const;
export type AppState = (typeof APP_STATES)[number];

export interface App {
  id: string;
  name: string;
  state: AppState;
  stateChangedAt: number;
  createdAt: number;
  /** One rule for each location. */
  rules: Map<string, RecordRule>;
  callback?: { url: string; authKey: string; updatedAt: number };
}

export interface FormatConfig {
  record_cycle: number;
  record_max_duration_to_merge_file: number;
  record_prefix?: string;
  record_slice_duration?: number;
}

export interface RuleSettings {
  obs_addr: { bucket: string; location: string; object?: string | undefined; project_id: string };
  record_formats: ('HLS' | 'MP4')[];
  hls_config: FormatConfig;
  mp4_config: FormatConfig;
}

export interface RecordRule {
  id: string;
  createdAt: number;
  updatedAt: number;
  /** The settings, and from when they apply to new jobs; the API shows the last ones. */
  versions: { settings: RuleSettings; effectiveFrom: number }[];
}

/** The domain name of an application, which is also the variable `{publish_domain}` of its object keys. */
export function publishDomain(appId: string): string {
  return `${appId}.SparkRTC.myhuaweicloud.com`;
}
