export const APPS = '/v2/apps';
export const APP = `${APPS}/{app_id}`;
export const CALLBACK = `${APP}/record-callback`;
export const RULES = `${APP}/record-rules`;
export const RULE = `${RULES}/{rule_id}`;
export const JOBS = `${APP}/individual-stream-jobs`;
export const JOB = `${JOBS}/{job_id}`;
export const USERS = '/v1/{project_id}/rtc/users';

/** The folder of the recorded file in the bucket, without its slash. */
export const FOLDER = 'certify';

/** Every call, for those who have to agree to them. */
export function planOf(hasPublisher: boolean): string[] {
  return [
    'POST /v3/auth/tokens: a token of IAM, unless the account is an access key',
    `GET ${APPS}: without Content-Type, and with a token that is none`,
    `POST ${APPS}: an application with a random name, certify-…`,
    `GET ${APP}, GET ${APP}/auto-record-mode, GET /v2/rtc-ops/buckets, GET ${USERS}`,
    `PUT ${CALLBACK}: twice if the first fails, because the vendor's probe gets 404; GET`,
    `POST ${RULES}: up to five times; DELETE of the first template`,
    `POST ${JOBS}: three or four times, for a room where no one is; GET and DELETE of these jobs`,
    ...(hasPublisher ? [`POST ${JOBS}: for --room and --user, ten seconds of whom are recorded; GET and DELETE`] : []),
    `DELETE of what is left of jobs and templates; DELETE ${APP}, after POST ${APP}/disable where needed`,
    'and up to five times again what is throttled with 429',
  ];
}
