"""What stands behind the wire: engines that hear, think and speak."""
