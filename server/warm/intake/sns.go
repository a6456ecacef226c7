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

// An SNS checks that messages come from Amazon SNS, and confirms subscriptions. The zero value is ready.
//
// Anyone can have SNS sign a message, for a topic of their own: a signature is worth no more than the topic in it.
type SNS struct {
	HTTP *http.Client // default one with 10 s of patience

	fetches singleflight.Group
	mu      sync.Mutex
	keys    map[string]signer // by URL of the certificate
}

// signer is what of a certificate counts.
type signer struct {
	key           *rsa.PublicKey
	begins, until time.Time
}

// snsMessage is a message of SNS over HTTP.
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

// canonical is what SNS signs: names and values in a line each, in the order of their names.
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

// verify tells whether SNS signed m for one of topics. Only then anything is fetched or followed.
func (s *SNS) verify(ctx context.Context, m snsMessage, topics []string, now time.Time) error {
	if !slices.Contains(topics, m.TopicArn) {
		return fmt.Errorf("sns: topic %q is not allowed", m.TopicArn)
	}
	if !slices.Contains([]string{typeNotify, typeSubscribe, typeUnsubscribe}, m.Type) {
		return fmt.Errorf("sns: a message of type %q", m.Type)
	}
	if !isOfSNS(m.SigningCertURL, m.TopicArn) || !strings.HasSuffix(m.SigningCertURL, ".pem") {
		return fmt.Errorf("sns: the certificate is at %q", m.SigningCertURL)
	}
	signature, err := base64.StdEncoding.DecodeString(m.Signature)
	if err != nil {
		return fmt.Errorf("sns: signature: %w", err)
	}
	by, err := s.signer(ctx, m.SigningCertURL)
	if err != nil {
		return err
	}
	if now.Before(by.begins) || now.After(by.until) {
		return errors.New("sns: the certificate is not of today")
	}
	switch m.SignatureVersion {
	case "1":
		sum := sha1.Sum(m.canonical())
		err = rsa.VerifyPKCS1v15(by.key, crypto.SHA1, sum[:], signature)
	case "2":
		sum := sha256.Sum256(m.canonical())
		err = rsa.VerifyPKCS1v15(by.key, crypto.SHA256, sum[:], signature)
	default:
		err = fmt.Errorf("version %q", m.SignatureVersion)
	}
	if err != nil {
		return fmt.Errorf("sns: signature: %w", err)
	}
	return nil
}

// isOfSNS tells whether a URL is one of SNS itself, in the region of the topic.
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

// signer returns the key of a certificate, which it fetches once.
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
		by, err := parseSigner(body)
		if err != nil {
			return signer{}, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.keys == nil || len(s.keys) >= 16 { // SNS changes them once in months
			s.keys = make(map[string]signer)
		}
		s.keys[address] = by
		return by, nil
	})
	if err != nil {
		return signer{}, fmt.Errorf("sns: certificate: %w", err)
	}
	return got.(signer), nil
}

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

// subscribe confirms a subscription by following the URL of a verified message.
func (s *SNS) subscribe(ctx context.Context, m snsMessage) error {
	if !isOfSNS(m.SubscribeURL, m.TopicArn) {
		return fmt.Errorf("sns: subscribe at %q", m.SubscribeURL)
	}
	if _, err := s.get(ctx, m.SubscribeURL); err != nil {
		return fmt.Errorf("sns: subscribe: %w", err)
	}
	return nil
}

// get gets a small thing from SNS. It follows nobody elsewhere.
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
