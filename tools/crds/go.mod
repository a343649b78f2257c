// The modules whose custom resource definitions test/deploy checks deploy/kubernetes against. For new versions:
// `go get MODULE@VERSION`, then the two hashes of each that `go mod download -json` prints, in go.sum.
module sparkrtc-recorder/tools/crds

go 1.25.0

require (
	github.com/kedacore/keda/v2 v2.21.0
	github.com/temporalio/temporal-worker-controller v1.8.1
)
