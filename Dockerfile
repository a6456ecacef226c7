# syntax=docker/dockerfile:1

# Two images of the same program:
#   docker build -t imgorigin .                    on Debian, with libvips: reads JPEG XL and all TIFF too, writes AVIF in a seventh of the CPU
#   docker build -t imgorigin --target static .    the binary alone: all other formats
# Go 1.26, which go.mod asks for, would do as well, but for arm64 its vectors begin with 1.27.
FROM golang:1.27-trixie AS source
WORKDIR /src
# Vectors in the inner loops, the same pictures in less time: AVX2 on amd64, where the processor has it, and NEON on arm64.
ENV GOEXPERIMENT=simd
COPY go.mod go.sum ./
RUN go mod download
COPY . .

FROM source AS build-static
# With cgo for WebP in a quarter of the CPU, and without any library at run time.
RUN go build -trimpath -tags netgo,osusergo,lambda.norpc \
	-ldflags='-s -w -linkmode external -extldflags -static' -o /imgorigin ./cmd/imgorigin

# No shell, no libraries: nothing but the binary and the certificates of the world.
FROM scratch AS static
COPY --from=build-static /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build-static /imgorigin /imgorigin
# Nothing is written to the root file system: run it with --read-only.
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=5s CMD ["/imgorigin", "health"]
ENTRYPOINT ["/imgorigin"]
CMD ["serve"]

FROM source AS build
RUN apt-get update && apt-get install -y --no-install-recommends libvips-dev pkg-config && rm -rf /var/lib/apt/lists/*
RUN go build -trimpath -tags vips,netgo,osusergo,lambda.norpc -ldflags='-s -w' -o /imgorigin ./cmd/imgorigin

# The last is what is built when no target is named.
FROM debian:trixie-slim AS vips
# libheif only recommends the plugin that writes AVIF.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates libvips42t64 libheif-plugin-aomenc && \
    rm -rf /var/lib/apt/lists/*
COPY --from=build /imgorigin /imgorigin
# glibc would keep an arena for every thread that ever decoded.
ENV MALLOC_ARENA_MAX=2
# Nothing is written to the root file system: run it with --read-only.
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=5s CMD ["/imgorigin", "health"]
ENTRYPOINT ["/imgorigin"]
CMD ["serve"]
