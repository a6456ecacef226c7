package intake

import (
	"cmp"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// An SNS verifies the signatures of Amazon SNS, and confirms subscriptions. Its zero value is ready to use.
//
// Anybody can make SNS sign messages, for a topic of their own. So a message is verified only if its topic is allowed.
type SNS struct {
	// HTTP fetches certificates and confirms subscriptions. The default is a client with a timeout of 10 seconds.
	HTTP *http.Client

	fetches singleflight.Group
	mu      sync.Mutex
	keys    map[string]signer // by URL of the certificate
}

// signer is the public key of a certificate, and the time for which the certificate is valid.
type signer struct {
	key           *rsa.PublicKey
	begins, until time.Time
}

// snsMessage is a message as SNS sends it by HTTP.
type snsMessage struct {
	Type, MessageId, TopicArn, Message, Timestamp, Token, SubscribeURL string
	SignatureVersion, Signature, SigningCertURL                        string
	Subject                                                            *string
}

const (
	typeNotify      = "Notification"
	typeSubscribe   = "SubscriptionConfirmation"
	typeUnsubscribe = "UnsubscribeConfirmation"
)

// canonical returns the bytes that SNS signs: names and values, each on a line, in the order of the names.
func (m snsMessage) canonical() []byte {
	fields := []string{"Message", m.Message, "MessageId", m.MessageId}
	if m.Type == typeNotify {
		if m.Subject != nil {
			fields = append(fields, "Subject", *m.Subject)
		}
		fields = append(fields, "Timestamp", m.Timestamp)
	} else {
		fields = append(fields, "SubscribeURL", m.SubscribeURL, "Timestamp", m.Timestamp, "Token", m.Token)
	}
	fields = append(fields, "TopicArn", m.TopicArn, "Type", m.Type)
	return []byte(strings.Join(fields, "\n") + "\n")
}

// maxMessageAge is how old a message may be: a signature does not expire, and whoever has seen a message could send it for
// ever. SNS delivers again for at most an hour (Amazon SNS Developer Guide, "Message delivery retries"), with the timestamp of
// the publication; the rest is for a clock that is not right. What is sent again earlier does no harm, but repeats work.
const maxMessageAge = time.Hour + 5*time.Minute

// verify returns an error unless SNS signed m for one of topics, not long ago. It makes no request unless the topic is
// allowed and the certificate is at a URL of SNS.
func (s *SNS) verify(ctx context.Context, m snsMessage, topics []string, now time.Time) error {
	if !slices.Contains(topics, m.TopicArn) {
		return fmt.Errorf("sns: topic %.100q is not allowed", m.TopicArn)
	}
	if !slices.Contains([]string{typeNotify, typeSubscribe, typeUnsubscribe}, m.Type) {
		return fmt.Errorf("sns: a message of type %.100q", m.Type)
	}
	if !isOfSNS(m.SigningCertURL, m.TopicArn) || !strings.HasSuffix(m.SigningCertURL, ".pem") {
		return fmt.Errorf("sns: the certificate is at %.100q", m.SigningCertURL)
	}
	if published, err := time.Parse(time.RFC3339, m.Timestamp); err != nil || now.Sub(published) > maxMessageAge {
		return fmt.Errorf("sns: a message of %.100q, which is too long ago", m.Timestamp)
	}
	signature, err := base64.StdEncoding.DecodeString(m.Signature)
	if err != nil {
		return fmt.Errorf("sns: signature: %w", err)
	}
	signedBy, err := s.signer(ctx, m.SigningCertURL)
	if err != nil {
		return err
	}
	if now.Before(signedBy.begins) || now.After(signedBy.until) {
		return errors.New("sns: the certificate is expired, or not valid yet")
	}
	switch m.SignatureVersion {
	case "1":
		sum := sha1.Sum(m.canonical())
		err = rsa.VerifyPKCS1v15(signedBy.key, crypto.SHA1, sum[:], signature)
	case "2":
		sum := sha256.Sum256(m.canonical())
		err = rsa.VerifyPKCS1v15(signedBy.key, crypto.SHA256, sum[:], signature)
	default:
		err = fmt.Errorf("version %.100q", m.SignatureVersion)
	}
	if err != nil {
		return fmt.Errorf("sns: signature: %w", err)
	}
	return nil
}

// isOfSNS reports whether a URL is of SNS itself, in the region of the topic.
func isOfSNS(address, topic string) bool {
	arn := strings.Split(topic, ":") // arn:aws:sns:us-east-1:123456789012:name
	u, err := url.Parse(address)
	if err != nil || len(arn) != 6 || arn[3] == "" || strings.ContainsAny(arn[3], "./@:") {
		return false
	}
	host := "sns." + arn[3] + ".amazonaws.com"
	if arn[1] == "aws-cn" {
		host += ".cn"
	}
	return u.Scheme == "https" && u.Host == host && u.User == nil
}

// signer returns the key of the certificate at a URL. Each certificate is fetched once.
func (s *SNS) signer(ctx context.Context, address string) (signer, error) {
	s.mu.Lock()
	known, ok := s.keys[address]
	s.mu.Unlock()
	if ok {
		return known, nil
	}
	got, err, _ := s.fetches.Do(address, func() (any, error) {
		body, err := s.get(context.WithoutCancel(ctx), address)
		if err != nil {
			return signer{}, err
		}
		parsed, err := parseSigner(body)
		if err != nil {
			return signer{}, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.keys == nil || len(s.keys) >= 16 { // SNS replaces its certificate every few months
			s.keys = make(map[string]signer)
		}
		s.keys[address] = parsed
		return parsed, nil
	})
	if err != nil {
		return signer{}, fmt.Errorf("sns: certificate: %w", err)
	}
	return got.(signer), nil
}

// parseSigner parses a certificate in PEM.
func parseSigner(body []byte) (signer, error) {
	block, _ := pem.Decode(body)
	if block == nil {
		return signer{}, errors.New("not PEM")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return signer{}, err
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return signer{}, fmt.Errorf("a key of type %T", cert.PublicKey)
	}
	return signer{key, cert.NotBefore, cert.NotAfter}, nil
}

// subscribe confirms a subscription with a request to the URL in a verified message.
func (s *SNS) subscribe(ctx context.Context, m snsMessage) error {
	if !isOfSNS(m.SubscribeURL, m.TopicArn) {
		return fmt.Errorf("sns: subscribe at %.100q", m.SubscribeURL)
	}
	if _, err := s.get(ctx, m.SubscribeURL); err != nil {
		return fmt.Errorf("sns: subscribe: %w", err)
	}
	return nil
}

// get returns at most 64 KiB from a URL of SNS. It follows no redirect, as it may lead elsewhere.
func (s *SNS) get(ctx context.Context, address string) ([]byte, error) {
	client := *cmp.Or(s.HTTP, &http.Client{Timeout: 10 * time.Second})
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, errors.New(response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, 64<<10))
}
