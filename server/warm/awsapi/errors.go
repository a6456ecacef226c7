package awsapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// errorOf returns the error that an answer states, in JSON or XML. An answer of something else than AWS, such as a proxy, has
// no code: its error has the status of HTTP in place of a message.
func errorOf(r *smithyhttp.Response, body []byte) error {
	code, message := parseJSONError(body)
	if code == "" {
		code, message = parseXMLError(body)
	}
	fault := smithy.FaultClient
	if r.StatusCode >= 500 {
		fault = smithy.FaultServer
	}
	return &smithy.GenericAPIError{
		Code: cmp.Or(code, "UnknownError"), Message: cmp.Or(message, http.StatusText(r.StatusCode), r.Status), Fault: fault,
	}
}

// parseJSONError returns what is in {"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "message": "…"}.
func parseJSONError(body []byte) (code, message string) {
	var e struct {
		Type    string `json:"__type"`
		Message string `json:"message"` // or Message: the case does not matter
	}
	if json.Unmarshal(bytes.TrimSpace(body), &e) != nil {
		return "", ""
	}
	return e.Type[strings.LastIndexByte(e.Type, '#')+1:], e.Message
}

// parseXMLError returns what is in <ErrorResponse><Error><Code>…</Code><Message>…</Message></Error></ErrorResponse>.
func parseXMLError(body []byte) (code, message string) {
	var e struct {
		XMLName xml.Name `xml:"ErrorResponse"`
		Code    string   `xml:"Error>Code"`
		Message string   `xml:"Error>Message"`
	}
	if xml.Unmarshal(body, &e) != nil {
		return "", ""
	}
	return e.Code, e.Message
}
