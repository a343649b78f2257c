// Package recording is the contract of a recording, as far as these examples need it: names, the workflow's id, and the responses.
package recording

import (
	"cmp"
	"fmt"
	"log/slog"
	"os"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/log"
)

const (
	WorkflowType = "singleStreamRecording"
	StopUpdate   = "stopRecording"
	StatusQuery  = "recordingStatus"
)

// Input names the fields that these examples look at; the rest of a recording's input is passed on as it was read.
type Input struct {
	AppName   string `json:"appName"`
	RoomID    string `json:"roomId"`
	UserID    string `json:"userId"`
	VideoType string `json:"videoType"`
}

// Result is what a recording ends with.
type Result struct {
	Outcome   string   `json:"outcome"` // recorded, partial or empty
	EndedBy   string   `json:"endedBy"` // stop, maxDuration, absence, callback or reconciliation
	Files     []File   `json:"files"`
	FileCount int      `json:"fileCount"`
	TotalSize int64    `json:"totalSize"` // bytes, over all files
	Warnings  []string `json:"warnings"`
}

// File is one file that was seen in the bucket; for HLS one playlist, its segments counted in.
type File struct {
	Bucket   string  `json:"bucket"`
	Object   string  `json:"object"`
	Format   string  `json:"format"`
	Size     int64   `json:"size"`     // bytes
	Duration float64 `json:"duration"` // seconds, as the vendor announced it; 0 where it did not
}

// Status is what a recording is doing, or how it ended: the response to the update and to the query.
type Status struct {
	Phase     string   `json:"phase"`
	JobID     string   `json:"jobId"` // empty while there is no job
	FileCount int      `json:"fileCount"`
	Warnings  []string `json:"warnings"`
	// stop, maxDuration or absence: the first request to end it; empty if its job had ended before.
	StopRequestedBy string `json:"stopRequestedBy"`
}

// WorkflowID is the one id under which this stream may be recorded: callbacks find the recording by it, and a second start is recognized by it.
func WorkflowID(input Input) string {
	kind := "camera"
	if input.VideoType == "SCREENSTREAM" {
		kind = "screen"
	}
	return fmt.Sprintf("recording:%s:%s:%s:%s", input.AppName, input.RoomID, input.UserID, kind)
}

// TaskQueue is where the recorder's workers listen.
func TaskQueue() string {
	return cmp.Or(os.Getenv("TEMPORAL_TASK_QUEUE"), "single-stream-recording")
}

// Dial connects to Temporal by its standard environment (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_TLS_*, ...) or its profile file.
func Dial() (client.Client, error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return nil, err
	}
	// The SDK logs to standard output unless configured otherwise; that is for the results of these programs.
	options.Logger = log.NewStructuredLogger(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	return client.Dial(options)
}
