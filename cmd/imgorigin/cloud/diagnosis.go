package cloud

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// StatusOf returns the HTTP status of an error of the AWS SDK, 0 if it has none.
func StatusOf(err error) int {
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return response.HTTPStatusCode()
	}
	return 0
}

// codeOf returns the code of an error of an AWS API, "" if it is of another kind.
func codeOf(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

// A Diagnosis is what an error means.
type Diagnosis struct {
	Found  string // in words, in place of the SDK's
	Advice string // what to do about it; "" if that is not known

	// IsPermanent says that nothing works with these settings at all. An outage is not permanent, nor is the refusal of one
	// request, which says nothing about others, and which ends soon after a role was given a permission.
	IsPermanent bool
}

// A Resource is a kind of thing in AWS that settings name: what is said about it when it can't be used.
type Resource struct {
	service, noun string   // such as S3 and bucket
	missing       []string // codes
	missingAdvice string
	permissions   string
	endpoint      string // the variable that names another server
}

// The resources of a service.
var (
	Bucket = Resource{
		"S3", "bucket", []string{"NoSuchBucket"}, "is the name right, and the account?",
		"s3:GetObject, s3:PutObject and s3:DeleteObject below the prefix, s3:ListBucket, and the use of the KMS key", "AWS_ENDPOINT_URL_S3",
	}
	LogBucket = Resource{"S3", "bucket", Bucket.missing, Bucket.missingAdvice, "s3:ListBucket and s3:GetObject", Bucket.endpoint}
	Queue     = Resource{
		"SQS", "queue", []string{"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"},
		"is the URL right? imgorigin looks for it in the region of AWS_REGION or of the profile",
		"sqs:GetQueueAttributes, sqs:ReceiveMessage, sqs:DeleteMessage, sqs:ChangeMessageVisibility and sqs:SendMessage, " +
			"and the use of the KMS key",
		"AWS_ENDPOINT_URL_SQS",
	}
	Table = Resource{
		"DynamoDB", "table", []string{"ResourceNotFoundException"},
		"is the name right, and the account? imgorigin looks for it in the region of AWS_REGION or of the profile",
		"dynamodb:PutItem and dynamodb:DeleteItem", "AWS_ENDPOINT_URL_DYNAMODB",
	}
	Distribution = Resource{
		"CloudFront", "distribution", []string{"NoSuchDistribution"}, "is the ID right, and the account?",
		"cloudfront:CreateInvalidation and cloudfront:GetInvalidation, and cloudfront:GetDistributionConfig and cloudfront:GetFunction " +
			"for imgorigin doctor", "AWS_ENDPOINT_URL_CLOUDFRONT",
	}
	Function = Resource{
		"CloudFront", "function", []string{"NoSuchFunctionExists"}, "is it published?",
		"cloudfront:GetFunction for imgorigin doctor", "AWS_ENDPOINT_URL_CLOUDFRONT",
	}
)

var (
	// rejectedCredentials are the codes with which AWS rejects the credentials themselves, and not what they may do.
	rejectedCredentials = []string{
		"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "TokenRefreshRequired", // S3
		"InvalidClientTokenId", "UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException", // other APIs
	}
	denials      = []string{"AccessDenied", "AccessDeniedException", "AuthorizationError", "KMS.AccessDeniedException"}
	otherRegions = []string{"AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect"}
	skewedClocks = []string{"RequestTimeTooSkewed", "RequestInTheFuture", "RequestExpired"}
)

// Diagnose returns what an error of a request about a resource means.
func (r Resource) Diagnose(err error) Diagnosis {
	if credentials, ok := errors.AsType[credentialsError](err); ok {
		return diagnoseCredentials(credentials)
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok { // its errno would pass for a network's
		return diagnoseFile(err)
	}
	_, isNetwork := errors.AsType[net.Error](err)
	status, code := StatusOf(err), codeOf(err)
	switch {
	case slices.Contains(r.missing, code):
		return Diagnosis{"the " + r.noun + " does not exist (" + code + ")", r.missingAdvice, true}
	case r.service == "S3" && status == http.StatusMovedPermanently, slices.Contains(otherRegions, code):
		return Diagnosis{"the " + r.noun + " is in another region", "set AWS_REGION to the " + r.noun + "'s region", true}
	case slices.Contains(skewedClocks, code):
		return Diagnosis{"this machine's clock is wrong", "let NTP set it", false}
	case slices.Contains(rejectedCredentials, code):
		return Diagnosis{
			r.service + " does not accept the AWS credentials (" + code + ")",
			"look at AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN, AWS_PROFILE or the role of the task; log in again if they have expired", true,
		}
	case status == http.StatusForbidden, slices.Contains(denials, code):
		return Diagnosis{r.service + " denies access", "the role needs " + r.permissions, false}
	case r.noun == "table" && code == "ValidationException":
		return Diagnosis{"the table has another key, want original alone, a string", "create it again", true}
	case status == 0 && (isNetwork || errors.Is(err, context.DeadlineExceeded)):
		return Diagnosis{
			r.service + " does not answer: " + Cause(err),
			"is there a route to it, by a NAT gateway or an endpoint, and is " + r.endpoint + " right?", false,
		}
	}
	return Diagnosis{Found: err.Error()}
}

// diagnoseFile returns what an error of a folder in place of a bucket means.
func diagnoseFile(err error) Diagnosis {
	d := Diagnosis{Found: err.Error()}
	if errors.Is(err, fs.ErrPermission) {
		d.Advice = "give the user of this process the permission"
	}
	return d
}

// regionInHost matches the host of a queue in AWS, with its region.
var regionInHost = regexp.MustCompile(`^(?:sqs(?:-fips)?\.([a-z0-9-]+)|([a-z0-9-]+)\.queue)\.`)

// DiagnoseQueue returns what an error of a request about a queue means. SQS looks for it in the region of the settings,
// whatever the region in the URL is.
func DiagnoseQueue(err error, queue, region string) Diagnosis {
	d := Queue.Diagnose(err)
	at, errParse := url.Parse(queue)
	switch {
	case errParse != nil || at.Host == "":
		return Diagnosis{queue + " is not the URL of a queue", "want https://sqs.REGION.amazonaws.com/ACCOUNT/NAME", true}
	case !slices.Contains(Queue.missing, codeOf(err)):
		return d
	}
	if found := regionInHost.FindStringSubmatch(at.Host); found != nil {
		if own := found[1] + found[2]; own != region {
			return Diagnosis{"the queue is in " + own + ", and the AWS region is " + region, "set AWS_REGION=" + own, true}
		}
	}
	return d
}

func diagnoseCredentials(err credentialsError) Diagnosis {
	const advice = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine, task or pod a role"
	switch {
	case err.isOutage():
		return Diagnosis{"AWS credentials can't be had now: " + Cause(err), advice, false}
	case err.isFrom("ec2imds"):
		return Diagnosis{"there are no AWS credentials", advice, true}
	}
	return Diagnosis{"AWS credentials can't be had: " + Cause(err), advice, true}
}

// Cause returns the last of the errors that err wraps, without what the SDK puts before it.
func Cause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		if _, ok := err.(smithy.APIError); ok {
			return err.Error()
		}
		if _, ok := err.(net.Error); ok {
			return err.Error()
		}
		err = inner
	}
}
