package bucket

import (
	"crypto/md5"
	"encoding/hex"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// MD5 returns the MD5 of an object's bytes, when its ETag is that. The ETag is something else
//
//   - of an object put in several parts: it ends in a dash and the number of parts;
//   - in a directory bucket: it is random, although it may look like an MD5;
//   - of an object encrypted with a key of KMS (SSE-KMS, DSSE-KMS) or of the client (SSE-C): it is opaque.
func MD5(bucket string, out *s3.GetObjectOutput) (sum []byte, ok bool) {
	if isDirectory(bucket) || isOpaque(out) {
		return nil, false
	}
	sum, err := hex.DecodeString(strings.Trim(aws.ToString(out.ETag), `"`))
	if err != nil || len(sum) != md5.Size {
		return nil, false
	}
	return sum, true
}

// isDirectory reports whether a name is that of a directory bucket (S3 Express One Zone) or of an access point to one.
// AWS reserves the two endings for them.
func isDirectory(bucket string) bool {
	return strings.HasSuffix(bucket, "--x-s3") || strings.HasSuffix(bucket, "--xa-s3")
}

// isOpaque reports whether the object is encrypted in a way that makes its ETag no checksum. Encryption with S3's own
// keys (AES256) does not.
func isOpaque(out *s3.GetObjectOutput) bool {
	return out.SSEKMSKeyId != nil || out.SSECustomerAlgorithm != nil ||
		out.ServerSideEncryption != "" && out.ServerSideEncryption != types.ServerSideEncryptionAes256
}
