package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

type loadResult struct {
	Requests int     `json:"requests"`
	Seconds  float64 `json:"seconds"`
	P50Us    float64 `json:"p50Us"`
	P99Us    float64 `json:"p99Us"`
}

// runLoad fails on the first answer that is not byte for byte the expected one.
func runLoad(arguments []string) error {
	address, host, path := arguments[0], arguments[1], arguments[2]
	bodyBytes, _ := strconv.Atoi(arguments[3])
	connections, _ := strconv.Atoi(arguments[4])
	seconds, err := strconv.ParseFloat(arguments[5], 64)
	if err != nil {
		return err
	}
	expected := smallBody
	if path == "/large" {
		expected = largeBody()
	}
	request := requestText(host, path, bodyBytes)
	begin := time.Now()
	until := begin.Add(time.Duration(seconds * float64(time.Second)))
	samples := make([][]time.Duration, connections)
	failures := make([]error, connections)
	var all sync.WaitGroup
	for i := range connections {
		all.Add(1)
		go func() {
			defer all.Done()
			samples[i], failures[i] = loadConnection(address, request, expected, until)
		}()
	}
	all.Wait()
	for _, failure := range failures {
		if failure != nil {
			return failure
		}
	}
	return json.NewEncoder(os.Stdout).Encode(summarize(samples, time.Since(begin)))
}

func requestText(host, path string, bodyBytes int) []byte {
	common := fmt.Sprintf("HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench/1\r\nAccept: */*\r\n", host)
	if bodyBytes == 0 {
		return []byte(fmt.Sprintf("GET %s %s\r\n", path, common))
	}
	head := fmt.Sprintf("POST %s %sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", path, common, bodyBytes)
	return append([]byte(head), bytes.Repeat([]byte("x"), bodyBytes)...)
}

func loadConnection(address string, request, expected []byte, until time.Time) ([]time.Duration, error) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	reader := bufio.NewReaderSize(connection, 64*1024)
	body := make([]byte, len(expected))
	var samples []time.Duration
	for {
		begin := time.Now()
		if begin.After(until) {
			return samples, nil
		}
		if _, err := connection.Write(request); err != nil {
			return nil, fmt.Errorf("writing a request: %w", err)
		}
		if err := readAnswer(reader, body, expected); err != nil {
			return nil, fmt.Errorf("after %d answers: %w", len(samples), err)
		}
		samples = append(samples, time.Since(begin))
	}
}

func readAnswer(reader *bufio.Reader, body, expected []byte) error {
	line, err := reader.ReadSlice('\n')
	if err != nil {
		return fmt.Errorf("reading the status: %w", err)
	}
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 200")) {
		return fmt.Errorf("answered %q", line)
	}
	length := -1
	released := false
	for len(line) > 2 {
		line, err = reader.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("reading a header: %w", err)
		}
		colon := bytes.IndexByte(line, ':')
		if colon == 14 && strings.EqualFold(string(line[:14]), "content-length") {
			length, _ = strconv.Atoi(string(bytes.TrimSpace(line[15:])))
		}
		released = released || colon == 16 && strings.EqualFold(string(line[:16]), "x-sconce-release")
	}
	if length != len(expected) || !released {
		return fmt.Errorf("length %d instead of %d, release named: %v", length, len(expected), released)
	}
	if _, err := io.ReadFull(reader, body); err != nil {
		return fmt.Errorf("reading the body: %w", err)
	}
	if !bytes.Equal(body, expected) {
		return fmt.Errorf("the body is not the one the replica sent")
	}
	return nil
}

func summarize(samples [][]time.Duration, took time.Duration) loadResult {
	var all []time.Duration
	for _, each := range samples {
		all = append(all, each...)
	}
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	at := func(share float64) float64 {
		if len(all) == 0 {
			return 0
		}
		return float64(all[int(share*float64(len(all)-1))].Microseconds())
	}
	return loadResult{Requests: len(all), Seconds: took.Seconds(), P50Us: at(0.5), P99Us: at(0.99)}
}
