module sconce/bench/gateway

go 1.22
