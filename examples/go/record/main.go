// Starts a recording, waits for its end and prints what lies in the bucket: `go run ./record ../recording.json`.
//
// Ends with 0 when there is a result, with 75 when another try is worth it, and with 1 when someone has to do something first.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"sparkrtc-recorder-example/recording"
)

const exitTryAgain = 75

// The vendor may be well again later. Any other failure would only come back.
var worthAnotherTry = []string{"VendorUnavailable", "JobStartUnknown"}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: record <file with the input as JSON>")
		os.Exit(2)
	}
	os.Exit(exitCode(run(context.Background(), os.Args[1])))
}

func run(ctx context.Context, path string) error {
	input, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	temporalClient, err := recording.Dial()
	if err != nil {
		return err
	}
	defer temporalClient.Close()

	run, err := start(ctx, temporalClient, input)
	if err != nil {
		return err
	}
	// However long it takes: called again whenever the server ends the call.
	var result recording.Result
	if err := run.Get(ctx, &result); err != nil {
		return err
	}
	fmt.Printf("%s, ended by %s: %d files, %d bytes\n", result.Outcome, result.EndedBy, result.FileCount, result.TotalSize)
	for _, file := range result.Files {
		fmt.Printf("  %s/%s (%s, %d bytes)\n", file.Bucket, file.Object, file.Format, file.Size)
	}
	for _, warning := range result.Warnings {
		fmt.Printf("  warning: %s\n", warning)
	}
	return nil
}

// start starts the recording, unless this stream is being recorded already: then it is that one.
func start(ctx context.Context, temporalClient client.Client, input json.RawMessage) (client.WorkflowRun, error) {
	var named recording.Input
	if err := json.Unmarshal(input, &named); err != nil {
		return nil, fmt.Errorf("the input is no JSON object of a recording: %w", err)
	}
	id := recording.WorkflowID(named)
	run, err := temporalClient.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:        id,
		TaskQueue: recording.TaskQueue(),
		// A second start while one is open is rejected instead of quietly joined, so that the caller knows which of the two it was.
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		// Without this the Go SDK turns that rejection into the run that is open, and no one notices.
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		// After its end the same stream may be recorded again.
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
	}, recording.WorkflowType, input)
	var running *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &running) {
		fmt.Printf("already running: %s; the input of this start counts for nothing\n", id)
		return temporalClient.GetWorkflow(ctx, id, ""), nil
	}
	if err != nil {
		return nil, err
	}
	fmt.Printf("started %s\n", id)
	return run, nil
}

// exitCode says why there is no result, if there is none.
func exitCode(err error) int {
	if err == nil {
		return 0
	}
	var failure *temporal.ApplicationError
	if !errors.As(err, &failure) {
		// Cancelled or terminated from outside, or Temporal was not available.
		fmt.Fprintf(os.Stderr, "no result: %v\n", err)
		return 1
	}
	if slices.Contains(worthAnotherTry, failure.Type()) {
		fmt.Fprintf(os.Stderr, "failed for now (%s): %s\n", failure.Type(), failure.Message())
		return exitTryAgain
	}
	fmt.Fprintf(os.Stderr, "failed (%s): %s\n", failure.Type(), failure.Message())
	return 1
}
