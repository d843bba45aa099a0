package main

import (
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"
)

// serveProxy does what the other two do: one route by host, the forwarded headers, a request id, the release.
func serveProxy(address, replica string) error {
	target := &url.URL{Scheme: "http", Host: replica}
	var made atomic.Uint64
	proxy := &httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) {
			request.SetURL(target)
			request.Out.Host = request.In.Host
			request.SetXForwarded()
			if request.In.Header.Get("X-Request-Id") == "" {
				request.Out.Header.Set("X-Request-Id", strconv.FormatUint(made.Add(1), 36))
			}
		},
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
			MaxIdleConns:        1024,
			MaxIdleConnsPerHost: 1024,
			DisableCompression:  true,
		},
		ModifyResponse: func(response *http.Response) error {
			response.Header.Set("X-Sconce-Release", "r12")
			response.Header.Set("X-Request-Id", response.Request.Header.Get("X-Request-Id"))
			return nil
		},
	}
	handler := http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		if request.Host != "bench-prod-p.localhost" {
			http.NotFound(writer, request)
			return
		}
		proxy.ServeHTTP(writer, request)
	})
	return http.ListenAndServe(address, handler)
}
