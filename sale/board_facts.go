package sale

// Facts is the board at one moment, as /status.json shows it. A figure that is not known is nil: no sensor, no such part, or
// a kernel that does not say. It stands here because the page, the metrics and the alerts all read it.
type Facts struct {
	Sparks       *int     `json:"beam_sparks,omitempty"` // on the light barriers' wires, and no piece, in this run
	BoardUptime  *int64   `json:"board_uptime_s,omitempty"`
	BootID       string   `json:"boot_id,omitempty"`
	Crashes      *int     `json:"crashes,omitempty"` // runs that ended without a goodbye while the power stayed, over all runs
	DiskFree     *uint64  `json:"disk_free_mib,omitempty"`
	DiskReadOnly *bool    `json:"disk_read_only,omitempty"`
	Goods        *float64 `json:"goods_c,omitempty"`           // °C in the goods' compartment
	LowVends     *int     `json:"low_voltage_vends,omitempty"` // of the last day
	MemoryFree   *uint64  `json:"memory_free_mib,omitempty"`
	Model        string   `json:"model,omitempty"`
	PowerCuts    *int     `json:"power_cuts,omitempty"` // over all runs
	PowerLow     *bool    `json:"power_low,omitempty"`  // under 4.63 V now
	PowerWasLow  *bool    `json:"power_was_low,omitempty"`
	Garbage      *int     `json:"scanner_garbage,omitempty"`
	Settled      *bool    `json:"scanner_settled,omitempty"` // the scan module confirmed its settings
	Vanished     *int     `json:"scanner_vanished,omitempty"`
	Warning      *string  `json:"scanner_warn,omitempty"`
	Worn         *int     `json:"storage_worn_percent,omitempty"`
	Celsius      *float64 `json:"temperature_c,omitempty"` // of the processor
	Throttled    *bool    `json:"throttled,omitempty"`
}
