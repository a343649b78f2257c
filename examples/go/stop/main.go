// Queries the status of a recording, and stops it: `go run ./stop [-screen] rtctest room001 user001`.
//
// The response comes at once, before the vendor has stopped the job; whoever waits for the result gets it as usual.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"sparkrtc-recorder-example/recording"
)

func main() {
	screen := flag.Bool("screen", false, "the shared screen instead of the camera")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: stop [-screen] <application> <room> <user>")
	}
	flag.Parse()
	if flag.NArg() != 3 {
		flag.Usage()
		os.Exit(2)
	}
	key := recording.Input{AppName: flag.Arg(0), RoomID: flag.Arg(1), UserID: flag.Arg(2)}
	if *screen {
		key.VideoType = "SCREENSTREAM"
	}
	if err := stop(context.Background(), recording.WorkflowID(key)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func stop(ctx context.Context, id string) error {
	temporalClient, err := recording.Dial()
	if err != nil {
		return err
	}
	defer temporalClient.Close()

	var status recording.Status
	response, err := temporalClient.QueryWorkflow(ctx, id, "", recording.StatusQuery)
	if err != nil {
		return explain(err, id)
	}
	if err := response.Get(&status); err != nil {
		return err
	}
	fmt.Printf("%s is %s, %d files so far\n", id, status.Phase, status.FileCount)

	update, err := temporalClient.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID:   id,
		UpdateName:   recording.StopUpdate,
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return explain(err, id)
	}
	if err := update.Get(ctx, &status); err != nil {
		return err
	}
	fmt.Printf("%s is to end, by %s\n", id, status.StopRequestedBy)
	return nil
}

func explain(err error, id string) error {
	var notFound *serviceerror.NotFound
	if errors.As(err, &notFound) {
		return fmt.Errorf("nothing to stop: %s is not running", id)
	}
	return err
}
