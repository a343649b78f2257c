/**
 * What SparkRTC's error codes mean for whoever reads the error. Codes that the vendor's own text explains are left
 * out. Source: SparkRTC API reference, "Error Codes".
 */
const ADVICE: Record<string, string> = {
  // "The external job_uniq_id is duplicate": no request has such an id.
  'RTC.00001006': 'The vendor takes it for a repetition of a running job: wait until that job has ended.',
  'RTC.00001007': 'The quota of recording jobs is used up: wait until other jobs have ended, or have it raised.',
  'RTC.00001010': 'The layout template does not exist; single stream recording has none.',
  'RTC.00001012': 'SparkRTC does not record in this region: set recordRule.obsAddr.location to cn-north-4.',
  'RTC.00001013': 'A recording template in use cannot be deleted: wait until its jobs have ended.',
  'RTC.00001016':
    'The application is disabled or in arrears: enable it in the SparkRTC console, or settle the account.',
  'RTC.00001017': 'The account has all the applications it may have: delete one, or use an existing appName.',
  'RTC.00002002': "The vendor's database failed: try again later.",
  'RTC.00002003': "The vendor's transcoding service rejected the request: try again later.",
};

export function adviceFor(errorCode: string | undefined): string {
  const advice = errorCode === undefined ? undefined : ADVICE[errorCode];
  return advice === undefined ? '' : ` ${advice}`;
}
