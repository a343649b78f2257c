/*
 * Ten seconds of color bars with a moving square, 1280 x 720 pixels, one picture a second (H.264, Main profile), and
 * silence (AAC-LC, 48 kHz, mono). Encoded once with x264 and FFmpeg's AAC encoder; players may repeat both for ever.
 */

const decode = (base64: string) => Buffer.from(base64, 'base64');

/** The parameter sets of the video (SPS and PPS), without start codes or lengths. */
export const PARAMETER_SETS = [decode('Z01AH9oBQBboQAAAAwBAAAADAIPGDKg='), decode('aO4ESyA=')] as const;

/** One access unit each, without start codes or lengths; only the first can be decoded by itself. */
export const PICTURES = [
  'ZYiEBf/+94G/Msq5/Oslx+ed9LKzPPOQ8ckWoV4jxASA0SMgZyALIPNNgBg/L3VbtV+McDEHAAAJcL8sIAU8CBzHiwBqRI2s3DdnLW46wP' +
    '7EnNH1H/jVSufzbLWH6cJWdCEf/qnCx8FgfFXjm8E9oNqYAcOrCc2HdR6ZMJV3xf+MPXyH8iAPgfF/xf987fkP5EAG9fIfyH/4/4v+L/s7' +
    'ynD+Q/5vfkP5D/b7+Q/kP9fT5D+Q/zBPkP5D/ME+Q/kP8wT5D+Q/RjvkP5D9GO+Q/kP0Y75D+Q/Rn+L/i/3MB8h/Ifo0/F/xf7lw+Q/kP0' +
    'ePi/4v9y2/IfyH6QLxf8X+5jvkP5D9Ht4v+L/c2fF/xf7mj4v+L/c1/F/xf7m/4v+L/cz/F/xf7m74v+L/c3/F/xf7mf4v+L/c2/F/xf7m' +
    '/4v+L/c5/F/xf7nT4v+L/maMAgh0KWXAr3hPSd/IfyH6U/5D+Q/S3/IfyH95yPtQhV4cJ6cUV0+Q/kQHMQ==',
  'QZoiC//+qlUAAAMAAAMAAAMAAAMAAAMAAAMAAAMAehgHAn8wmuGqVqlNm1vgP4mf87B7XsD/kdToxcEIPJGD/SX/YeH0iD4SMYDN1iDOcG' +
    'oomDKAlIG3M5V7gjQmsECNpceK0FweCwhOXLNCzgQ=',
  'QZpCC//+qlUAAAMAAAMAAAMAAAMAAAMAAAMAAAMAer2vHrGZBOHG6NgE/mE1w1StUps2tNSOWFqmwzMJSD0TPBAPMsHkrzApAMEJ8T4stC' +
    'Y5EZIlrKEUFpsyvng1lpD/FQGCBKtvJvRs7ek2RdqawscpzuRcgssQo75FxLng13uJ',
  'QZpiC//+qlUAAAMAAAMAAAMAAAMAAAMAAAMAAAMAaD3qVkr663YDIIiapn2GtTo/1eovXCaRLJPy8I0qwz9teSDlOu6twKX45gdGIj9G3z' +
    '8kxumg2IS1Su+ZIlrsg+EGectnyEAJFz94RS3TkZ1dxqnTzIt6PHprjin9Tot7ZS/NRDWPLrOX+hWFcZSA',
  'QZqCC//+qlUAAAMAAAMAAAMAAAMAAAMAAAMAAAMAV34vXquxwFA2nNhHKzBhrU6P9XqL1wmkSyT6QQEcF+MQKlpJkO8uiHoeo/TEEJa3rP' +
    'TJgzwKX4zujHNHLeu6+R1K/853xFMslsibYVRdJUOgUskmgKBlgXenAAdi02wP6D19JcynwyHKsxNcLUbrRotr1vi7uaD4O9MGh9+dbbKL' +
    'nTG8kRVyrEbr2CivNsbn',
  'QZqiC//+qlUAAAMAAAMAAAMAAAMAAAMAAAMAAAMASH5oCHVyFo4NpzYmM//34RzE4PXKbNsBnWrcBvu99FQ2FqsR42Tt+rOhwSrgUuowGK' +
    'MiAfl8AGZ30AsicmBjzJEueL2y2BCgs8Gvyoi5NxEvZWUkAuggMBED+Dgytrh93aUvx77SsVMyjsH+QvouZ8Bs48zm94E=',
  'QZrCC//+qlUAAAMAAAMAAAMAAAMAAAMAAAMAAAMAO/71KyV9dbsBkEQE8Nm7E+MlBkXAamYk4w1y8I0qw0pGvJASyEHplocYVIv01IlqwQ' +
    'fDFU5F5d05arIADW7L7kwATpubQmYkeJAh5ASp/Gs1OExZr7IoGtNGXcNlardeAy7Fv4eJkQ==',
  'QZriC//+qlUAAAMAAAMAAAMAAAMAAAMAAAMAAAMAMt71KyV9dbsBkEQE8Nm7E+MlBkXAamYk4w1y8I0qw0pGvJBzPcAPMskqyCZoiyV+Mn' +
    'iT9XiZ1mio2P7TCUXaCsgM85bPkIASND7wilyCQ3F+D4cG2kMUb+rrPQ9D3f04K3/5Jq1sj0nXfmc5gQ==',
  'QZsCC3/+qZYAAAMAAAMAAAMAAAMAAAMAAAMAAAMApfwra8PUE3DKd8CYDqgcyj9DZrMG3o0a8+i/hUqxWA32BDmxgtngUz3XEgUCF3KVWr' +
    'ld/IHWtaMx67JDtdjJyg8DBtEQgBIufvCKW59Xwab+jtSnNrT/hBTqo5fmocCtJ4Dh5DQWfTmc6+A=',
  'QZsiCv/+qZYAAAMAAAMAAAMAAAMAAAMAAAMAAAMAiPyOtBY7oXCyEkAxI3wRTcTmqou6L/qbCJ7/PMP++nJoQCmKMfFEu4W17mWSboL5oD' +
    '95yZsbd2mSZcd+3RfPixsRlvUChYd955kEaASnAB1fkAK+KjsILHFJur66JxgBx9WeXvEj9nDkP5A/DYlebqDlp77k46IW+VfyQLK86w==',
].map(decode);

export const AUDIO_RATE = 48_000;
export const SAMPLES_PER_FRAME = 1024;

/** Of an AAC frame, without an ADTS header. */
export const SILENCE = Buffer.from('01182007', 'hex');
export const AUDIO_CONFIG = Buffer.from('1188', 'hex');
export const ADTS_HEADER = Buffer.from('fff14c40017ffc', 'hex');
