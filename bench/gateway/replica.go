package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

const largeBytes = 100 * 1024

var smallBody = []byte(`{"classes":[{"name":"tabby cat","score":0.8731},{"name":"tiger cat","score":0.1022}]}`)

// The pattern's period is a prime, so that pieces put together wrongly do not look right.
func largeBody() []byte {
	body := make([]byte, largeBytes)
	for i := range body {
		body[i] = byte('a' + (i%251)%26)
	}
	return body
}

func answerTo(body []byte) []byte {
	head := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", len(body))
	return append([]byte(head), body...)
}

// serveReplica is as small as a correct HTTP/1.1 server for these requests can be, to leave the core to the client.
func serveReplica(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	small, large := answerTo(smallBody), answerTo(largeBody())
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go serveConnection(connection, small, large)
	}
}

func serveConnection(connection net.Conn, small, large []byte) {
	defer connection.Close()
	reader := bufio.NewReaderSize(connection, 64*1024)
	for {
		path, length, err := readRequestHead(reader)
		if err != nil {
			return
		}
		if _, err := io.CopyN(io.Discard, reader, length); err != nil {
			return
		}
		answer := small
		if path == "/large" {
			answer = large
		}
		if _, err := connection.Write(answer); err != nil {
			return
		}
	}
}

func readRequestHead(reader *bufio.Reader) (path string, bodyLength int64, err error) {
	line, err := reader.ReadSlice('\n')
	if err != nil {
		return "", 0, err
	}
	parts := bytes.Split(line, []byte(" "))
	if len(parts) != 3 {
		return "", 0, fmt.Errorf("odd request line %q", line)
	}
	path = string(parts[1])
	for {
		line, err = reader.ReadSlice('\n')
		if err != nil {
			return "", 0, err
		}
		if len(line) <= 2 {
			return path, bodyLength, nil
		}
		if len(line) > 16 && strings.EqualFold(string(line[:15]), "content-length:") {
			bodyLength, err = strconv.ParseInt(strings.TrimSpace(string(line[15:])), 10, 64)
			if err != nil {
				return "", 0, err
			}
		}
	}
}
