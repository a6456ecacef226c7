package cost

// A Month is the traffic of a month, as far as it costs anything. All counts are for the month, and none needs to be whole.
type Month struct {
	Views  float64 `json:"views"`  // requests that reach the CDN
	Bytes  float64 `json:"bytes"`  // sent to viewers
	Misses float64 `json:"misses"` // requests that the CDN sends on
	Shield float64 `json:"shield"` // requests that Origin Shield answers or sends on; 0 without it
	Fills  float64 `json:"fills"`  // variants made on request, also those made again after they expired

	Variants     float64 `json:"variants"`      // stored, on average
	VariantBytes float64 `json:"variant_bytes"` // of a stored variant

	Originals     float64 `json:"originals"`
	OriginalBytes float64 `json:"original_bytes"` // of an original
	Uploads       float64 `json:"uploads"`        // new originals
	Changes       float64 `json:"changes"`        // originals that are overwritten or deleted, and had variants
	Warm          float64 `json:"warm"`           // variants made of each upload
	PurgeByTag    bool    `json:"purge_by_tag"`

	// What is asked for, which other services bill by.
	DistinctSizes     float64 `json:"distinct_sizes"` // variants, whatever their format
	DistinctOriginals float64 `json:"distinct_originals"`

	// All variants of an original that a pipeline without requests has to make.
	Eager float64 `json:"eager"`
}

// Requests to S3, as a test counts them on the store itself. Each event is settled twice, so that nothing of an original
// remains that changed while it was being read.
const (
	FillGets  = 2 // of the variant and of the original
	FillHeads = 1 // of the original, once the variant is stored
	FillPuts  = 1

	UploadGets  = 2 // of the original and of the quarantine
	UploadHeads = 6
	UploadLists = 2
	WarmHeads   = 2 // of each variant that is warmed
	WarmPuts    = 1

	DeleteGets  = 4
	DeleteHeads = 4
	DeleteLists = 3
)

// EventMessages are the requests to SQS for an event: the notification, and to send, receive and delete a message, twice.
const EventMessages = 7

// Purges of a changed original: two wildcard paths or a tag, twice, as a request that was under way may have been answered
// with the old image.
const (
	PurgePaths = 4
	PurgeTags  = 2
)
