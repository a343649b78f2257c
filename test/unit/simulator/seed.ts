/**
 * The vendor's own example, "Creating a Single Stream Recording Job" (2023-04-06): requests and responses as they are
 * printed there.
 */
export const SEED = {
  tokenRequest: {
    auth: {
      identity: {
        methods: ['password'],
        password: { user: { name: 'username', password: 'password', domain: { name: 'domainname' } } },
      },
      scope: { domain: { name: 'domainname' } },
    },
  },
  appRequest: { app_name: 'rtctest' },
  appResponse: { app_id: '5ff9701f2346968bb306cb43' },
  ruleRequest: {
    obs_addr: {
      bucket: 'obsName',
      location: 'cn-north-4',
      object: 'Record/',
      project_id: '01234567890123456789012345678901',
    },
    record_formats: ['MP4'],
    mp4_config: {},
  },
  ruleResponse: {
    app_id: '5ff9701f2346968bb306cb43',
    rule_id: '5d0ec2c53a2c15625017adb8bbbcd9ab',
    create_time: '2021-04-21T10:29:33Z',
    hls_config: { record_cycle: 0, record_max_duration_to_merge_file: 0 },
    mp4_config: {
      record_cycle: 7200,
      record_max_duration_to_merge_file: 0,
      record_prefix:
        'Record/{publish_domain}/{app}/{record_type}/{record_format}/{stream}_{file_start_time}/{stream}_{file_start_time}',
    },
    obs_addr: {
      bucket: 'obsName',
      location: 'cn-north-4',
      object: 'Record/',
      project_id: '01234567890123456789012345678901',
    },
    record_formats: ['MP4'],
    update_time: '2021-04-21T10:29:33Z',
  },
  callbackRequest: { url: 'http://mydomain.com/callback', auth_key: '8923ab8c2dcef4538923ab8c2dcef453' },
  callbackResponse: {
    app_id: '5ff9701f2346968bb306cb43',
    record_callback: {
      auth_key: '8923ab8c2dcef4538923ab8c2dcef453',
      update_time: '2021-04-07T12:05:18.0718Z',
      url: 'http://mydomain.com/callback',
      notify_event_subscription: ['RECORD_NEW_FILE_START', 'RECORD_FILE_COMPLETE', 'CLOUD_RECORD_OVER'],
    },
  },
  jobRequest: {
    room_id: 'room001',
    user_id: 'user001',
    is_record_audio: true,
    video_type: 'CAMERASTREAM',
    resolution: '1280*720',
    resolution_policy: 'DOWNWARD',
    max_idle_time: 30,
    record_param: { record_rule_id: '5d0ec2c53a2c15625017adb8bbbcd9ab' },
  },
  jobResponse: {
    app_id: '5ff9701f2346968bb306cb43',
    create_time: '2021-04-21T10:51:55Z',
    is_record_audio: true,
    job_id: '607f87cf00d861eeefffa6c88054cdab',
    job_unique_id: 'a77bb33dbdc948d8',
    max_idle_time: 30,
    push_param: { rtmp_urls: null },
    record_files: null,
    record_param: { record_rule_id: '5d0ec2c53a2c15625017adb8bbbcd9ab' },
    resolution_policy: 'DOWNWARD',
    resolution: '1280*720',
    room_id: 'room001',
    start_time: '2021-04-21T10:51:55Z',
    state: 'INIT',
    stop_time: '0001-01-01T00:00:00Z',
    stream_name: 's_607f87cf00d861eeefffa6c88054cdab_room001_user001',
    update_time: '2021-04-21T10:51:55Z',
    user_id: 'user001',
    video_type: 'CAMERASTREAM',
  },
};
