<?php
// Calls a URL on a schedule, with a new curl handle and so a new connection for each request.
// php curl.php URL PER_SECOND SECONDS
[, $url, $rate, $seconds] = $argv;
$start = microtime(true);
for ($n = 0; $n < $rate * $seconds; $n++) {
    usleep((int) max(0, 1e6 * ($start + $n / $rate - microtime(true))));
    $handle = curl_init($url);
    curl_setopt($handle, CURLOPT_RETURNTRANSFER, true);
    curl_setopt($handle, CURLOPT_TIMEOUT, 5);
    if (curl_exec($handle) === false) {
        // The text of curl does not contain the errno of connect().
        echo curl_error($handle), ': ', posix_strerror(curl_getinfo($handle, CURLINFO_OS_ERRNO)), "\n";
    }
    curl_close($handle);
}
