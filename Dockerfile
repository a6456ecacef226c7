# syntax=docker/dockerfile:1
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# With cgo for WebP, and without any library at run time.
RUN go build -trimpath -tags netgo,osusergo,lambda.norpc \
	-ldflags='-s -w -linkmode external -extldflags -static' -o /imgorigin ./cmd/imgorigin

# No shell, no libraries: nothing but the binary and the certificates of the world.
FROM scratch AS static
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /imgorigin /imgorigin
# Nothing is written to the root file system: run it with --read-only.
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=5s CMD ["/imgorigin", "health"]
ENTRYPOINT ["/imgorigin"]
CMD ["serve"]
