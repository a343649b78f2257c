/** The error codes of the SparkRTC server API and of the gateway before it. Source: its appendix "Error Codes". */
const ERRORS = {
  'RTC.00001001': { status: 400, name: 'OperationUnauthorized' },
  'RTC.00001002': { status: 400, name: 'MalformedRequestBody' },
  'RTC.00001003': { status: 400, name: 'InvalidParameterValue' },
  'RTC.00001004': { status: 400, name: 'InvalidParameterCombination' },
  'RTC.00001005': { status: 400, name: 'MissingParameter' },
  'RTC.00001006': { status: 400, name: 'JobRunning' },
  'RTC.00001007': { status: 400, name: 'JobExceed' },
  'RTC.00001009': { status: 400, name: 'JobDone' },
  'RTC.00001010': { status: 400, name: 'LayoutTemplateNotExist' },
  'RTC.00001012': { status: 400, name: 'UnsupportRegion' },
  'RTC.00001013': { status: 400, name: 'RuleForbidDelete' },
  'RTC.00001016': { status: 400, name: 'AppDeactivation' },
  'RTC.00001017': { status: 400, name: 'AppsExceed' },
  'RTC.00001018': { status: 400, name: 'URL unavailable' },
  'RTC.00001019': { status: 400, name: 'RecordRuleExist' },
  'RTC.00001020': { status: 400, name: 'AppExist' },
  'RTC.00001021': { status: 403, name: 'NoPermission' },
  'RTC.00001022': { status: 400, name: 'JobNotInitialized' },
  'RTC.00002002': { status: 500, name: 'InternalError.DbErr' },
  'RTC.00002003': { status: 500, name: 'InternalError.Transcode4xxError' },
  'DATA.100011001': { status: 403, name: 'NoPermission' },
  'DATA.100011002': { status: 400, name: 'InvalidParameter' },
  'APIGW.0101': { status: 404, name: 'The API does not exist or has not been published in the environment' },
  'APIGW.0301': { status: 401, name: 'Incorrect IAM authentication information' },
  'APIGW.0308': { status: 429, name: 'The throttling threshold has been reached' },
} as const;

type RtcErrorCode = keyof typeof ERRORS;

export const RTC_ERROR_CODES = Object.keys(ERRORS) as [RtcErrorCode, ...RtcErrorCode[]];

/** An error response of SparkRTC. */
export class RtcError extends Error {
  readonly status: number;

  constructor(
    readonly code: RtcErrorCode,
    detail: string,
    status?: number,
  ) {
    super(`${ERRORS[code].name}: ${detail}`);
    this.status = status ?? ERRORS[code].status;
  }

  /** Gateway errors alone carry the request's id in their body. */
  body(requestId: unknown): object {
    const error = { error_code: this.code, error_msg: this.message };
    return this.code.startsWith('APIGW.') ? { ...error, request_id: requestId } : error;
  }
}

/** A missing application, rule or job is a 404 with the generic code for a bad value. */
export function notFound(what: string): RtcError {
  return new RtcError('RTC.00001003', `${what} is not found`, 404);
}
