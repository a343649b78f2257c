export { singleStreamRecording } from './singleStreamRecording.js';
