package main

import "strings"

var quantityTexts = []string{
	"0", "1", "-1", "+1", "1.", ".5", "-.5", "1.5", "100m", "1000m", "1500m", "0.1m", "1n", "0.1n", "1u", "1k", "1K", "1M",
	"1.5G", "1T", "1P", "1E", "5E", "10E", "100E", "1Ki", "1.5Ki", "1023Ki", "1024Ki", "1025Ki", "1Mi", "0.5Gi", "1Ti", "1Pi", "1Ei", "8Ei",
	"16Ei", "1e3", "1E3", "1e-3", "1.5e3", "12e6", "1e9", "1e10", "1e1", "1e", "1e1000", "e3", "m", "Ki", ".", "+", "-", "", " ", "1 ", " 1", "a", "1a", "1Kii",
	"1.2.3", "--1", "-+1", "1-", "0.000000001", "0.0000000001", "123456789012345678901234567890", "9223372036854775807",
	"9223372036854775808", "1.123456789123", "1000000", "1001", "999999n", "0x10", "1_000", "0Ki", "-0", "00010", "1ki", "1mi",
	"512Mi", "2048Mi", "0.25", "250e-3", "3.3Gi", "1.0", "1.000", "10.10m", "4e4", "1E", "1Ee", "1.1E2", "100k", "1000k",
}

var labelTexts = []string{
	"", "a", "!a", "a=b", "a==b", "a!=b", "a in (b,c)", "a notin (b,c)", "a in (b)", "a in ()", "a in (,)", "a in (b,)",
	"x>5", "x<5", "x>y", "x > 5", "x<-1", "a=", "a==", "a!=", "a=b,x=1", " a = b , x ", "a,!x", "in", "notin", "in in (notin)",
	"in=notin", "in notin (in)", "example.com/k=v", "example.com/k", "a=b,", ",a=b", "a=b,,c=d", "a=b=c", "a in b", "a in (b",
	"a in b)", "a in (b c)", "a notin", "a in", "!", "!a=b", "! a", "!!a", "a>", "a b", "a===b", "a!b", "a=b c", "(a)",
	"a in (b,c),x notin (1)", "x,a", "-a", "a_", "a/b/c", "/a", "a/", "a=-b", "a=b/c", "a=" + strings.Repeat("x", 64), strings.Repeat("k", 64),
	"a\x00b", "a\tin\n(b)", "a!=b,a!=c", "a=b,a=c", "x>1,x<11", "a=B", "A=b", "a in (c,b,c)", "a=é",
}

var fieldTexts = []string{
	"", "a=b", "a==b", "a!=b", "a=b,d=e", "d=e,a=c", "a", "a=b,", ",a=b", "a=", "=b", "a!=", `a=b\,c`, `a=b\\\=`, `a=b\x`, `a=b\`, "a=b=c",
	"a>b", " a=b", "a =b", "a= b", "metadata.name=x", "a=b,a!=c", "a==b=", "a!=b=c",
}

var nameTexts = []string{
	"", "a", "A", "1", "-", "a-", "-a", "a-b", "a.b", "a..b", ".a", "a.", "..", ".", "...", "a_b", "_a", "a/b", "a/b/c", "/a", "a/", "*.a.b",
	"*a", "*", "*.", "a b", "é", "a\n", "my-name", "123-abc", "1%", "%", "100%", "a%", "PATH", "a=b", "=a", "web-1", "web--1", "12345", "X-Header",
	"example.com/name", "Example.com/name", "..data", "a.txt", "1a", strings.Repeat("a", 63), strings.Repeat("a", 64), strings.Repeat("a", 253),
	strings.Repeat("a", 254), strings.Repeat("a", 15), strings.Repeat("a", 16), "a/" + strings.Repeat("b", 64), strings.Repeat("a", 254) + "/b",
}

var ageSeconds = []int64{
	-100, -2, -1, 0, 1, 59, 60, 61, 119, 120, 121, 180, 599, 600, 601, 3599, 3600, 7199, 7200, 10799, 10800, 10860, 28799, 28800, 86399,
	86400, 90000, 172799, 172800, 180000, 259200, 604800, 691199, 691200, 2592000, 31535999, 31536000, 63071999, 63072000, 63158400, 94608000,
	252287999, 252288000, 315360000,
}

var durationTexts = []string{
	"0", "0s", "1s", "1.5s", "1h30m", "90m", "1ms", "1us", "1µs", "1ns", "-1m", "+1m", "1h0m1s", "100h", "0.5h", "1", "s", "", "1d", "1.5.5s", "1 s",
	"1h 1m", "-", ".5s", "1.s", "1m1h", "999ms", "1500us",
}
